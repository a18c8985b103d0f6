"""Reports: what a run showed, as data, as JSON and as a page."""

from __future__ import annotations
