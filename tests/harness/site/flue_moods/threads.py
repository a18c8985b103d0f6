"""An adapter whose import leaves a thread behind, so that its process cannot be copied."""

from __future__ import annotations

import threading

from flue_moods import MoodyBackend

threading.Thread(target=threading.Event().wait, daemon=True).start()
backend = MoodyBackend()
