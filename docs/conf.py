"""How Sphinx makes the site: `make docs`. Markdown pages, the API from docstrings, mathematics as MathML; no network, and no script for formulas."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from layout_opt import __version__

project = "layout_opt"
copyright = "the layout_opt developers, MIT licence"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "extension"]

source_suffix = {".md": "markdown"}
exclude_patterns = ["extension"]
default_role = "literal"
myst_enable_extensions = ["dollarmath", "attrs_block", "deflist", "colon_fence"]
myst_heading_anchors = 3
myst_dmath_double_inline = True
suppress_warnings: list[str] = []
nitpicky = False  # signatures name types of pandas and pydantic, whose pages are elsewhere

autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
python_use_unqualified_type_names = True
maximum_signature_line_length = 100
add_module_names = False

html_theme = "furo"
html_title = f"layout_opt {version}"
html_math_renderer = "mathml"
html_static_path = ["static"]
html_css_files = ["site.css"]
FONTS = '-apple-system, "Segoe UI", "Noto Sans", "Helvetica Neue", Arial, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif'
FIXED = '"DejaVu Sans Mono", Menlo, "Cascadia Mono", Consolas, "Liberation Mono", "Noto Sans Mono CJK SC", monospace'
html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {"font-stack": FONTS, "font-stack--headings": FONTS, "font-stack--monospace": FIXED},
}
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
pygments_style = "tango"
