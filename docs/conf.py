"""How Sphinx builds the site: `make docs`, then open docs/_build/html/index.html."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
# TensorFlow's greetings would stand between Sphinx's warnings.
os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}

from facedebias import __version__  # noqa: E402

project = "facedebias"
author = "the facedebias authors"
release = version = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "docs.extensions.notebook_page",
    "docs.extensions.command_help",
    "docs.extensions.plain_docstrings",
    "docs.extensions.outside_links",
]
exclude_patterns = ["_build", "examples"]

# Pages are Markdown. Docstrings are reStructuredText in which `single backticks` are code.
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_block", "deflist"]
default_role = "code"
# Dashes only: quotation marks stay as they are typed.
smartquotes_action = "D"
add_module_names = False

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = "facedebias"
html_logo = "_static/logo.svg"
html_favicon = "_static/logo.svg"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f5f99", "color-brand-content": "#1f5f99"},
    "dark_css_variables": {"color-brand-primary": "#7db8ec", "color-brand-content": "#7db8ec"},
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
highlight_language = "none"

# Prompts are not copied with a command.
copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True
