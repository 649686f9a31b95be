"""One answer on its way into a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from layout_opt.analysis.study import Answer
from layout_opt.policies import policies_of
from layout_opt.policy import Policy
from layout_opt.report.words import Words


@dataclass(frozen=True, eq=False)
class Asked:
    """An answer, the words of the report, and those of its pictures."""

    answer: Answer
    words: Words
    drawn: Words

    def file(self, table: str) -> str:
        """Where a table of the answer stands."""
        folder = self.answer.path
        return f"{table}.csv" if folder is None else f"{folder.name}/{table}.csv"

    @property
    def policies(self) -> Mapping[str, Policy]:
        """The policies asked about, by label."""
        return {policy.label: policy for policy in policies_of(self.answer.definition, self.answer.instance)}

    def titles(self, words: Words) -> Mapping[str, str]:
        """The titles of the policies, by label."""
        return {label: policy.title[words.language] for label, policy in self.policies.items()}
