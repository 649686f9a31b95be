"""Every policy of a model turned off by itself: `python -m benchmarks.mechanisms [--model full] [--policies A,B]`.

Prints one row per policy: the change of the optimum as an interval, and whether it holds that no plan is worse without a policy that only limits
or costs (beyond the gaps). Policies that offer something may be worth their while.
"""

from __future__ import annotations

import argparse

from layout_opt.analysis.pricing import dropping
from layout_opt.definition import load_definition
from layout_opt.policies import policies_of
from layout_opt.solving import load_instance, solve


def main() -> None:
    """Solve with all policies, then without each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instance", default="china-2017")
    parser.add_argument("--model", default="full")
    parser.add_argument("--policies", help="labels, separated by commas, of those that are turned off; all where left out")
    parser.add_argument("--gap", type=float, default=2e-3)
    parser.add_argument("--time-limit", type=float, default=120.0)
    asked = parser.parse_args()
    instance, definition = load_instance(asked.instance), load_definition(asked.model)
    whole = solve(instance, definition, gap=asked.gap, time_limit=asked.time_limit).info
    print("with all", whole["status"], whole["objective"], whole["bound"], f"{whole['seconds']['total']} s", flush=True)
    broken, undecided = list[str](), list[str]()
    chosen = asked.policies.split(",") if asked.policies else list(definition.policies)
    for policy in (p for p in policies_of(definition, instance) if p.label in chosen):
        without = solve(instance, dropping(definition, [policy.label]), gap=asked.gap, time_limit=asked.time_limit).info
        kind = "limits" if policy.only_costs() else "offers"
        if without["objective"] is None:
            undecided.append(policy.label)
            print(f"{policy.label:14} {policy.family:24} {kind}  {without['status']:>28}  {without['seconds']['total']:6.1f} s", flush=True)
            continue
        low, high = without["objective"] - whole["bound"], without["bound"] - whole["objective"]
        holds = not policy.only_costs() or high >= 0
        broken += [] if holds else [policy.label]
        print(f"{policy.label:14} {policy.family:24} {kind}  {low:12,.1f} .. {high:12,.1f}  {without['seconds']['total']:6.1f} s", flush=True)
    print("worse without a policy that only limits or costs:", ", ".join(broken) or "none")
    print("no plan within the limit:", ", ".join(undecided) or "none")


if __name__ == "__main__":
    main()
