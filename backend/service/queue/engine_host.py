"""Life of the engine: loaded in the worker thread, released to free memory, loaded again."""

import logging
import threading
import time

from ..engine.interface import Engine, EngineError, EngineFactory, loading_phase, report_loading
from ..schema.replies import EngineState, ModelInfo
from .job import describe_error

log = logging.getLogger(__name__)


class EngineHost:
    """Owns the engine. The worker thread loads and frees it; any thread reads its state."""

    def __init__(self, engine_factory: EngineFactory, lock: threading.Condition) -> None:
        self._engine_factory = engine_factory
        self._lock = lock
        """Guards the state, and is notified when the engine was freed."""
        self.engine: Engine | None = None
        self.state: EngineState = "loading"
        self.error: str | None = None
        """Reason why the engine could not be loaded."""
        self.models: list[ModelInfo] = []
        self.release_requested = False

    def loading_message(self) -> str:
        """Return what is being loaded; "" if nothing is."""
        return loading_phase() if self.state == "loading" else ""

    def load_engine(self) -> Engine | None:
        """Make the engine; None if it failed, with the reason in `error`. Without the lock."""
        report_loading("Loading the model")
        with self._lock:
            self.state = "loading"
        engine, models, error = None, [], None
        started = time.monotonic()
        try:
            engine = self._engine_factory()
            models = engine.list_models()
        except EngineError as problem:
            log.error("The engine cannot be loaded: %s", problem)
            engine, error = None, str(problem)
        except BaseException as problem:
            log.exception("The engine cannot be loaded")
            engine, error = None, describe_error(problem)
        else:
            log.info("The engine is ready after %.1f s", time.monotonic() - started)
        with self._lock:
            self.engine, self.models, self.error = engine, models, error
            self.state = "failed" if engine is None else "ready"
        report_loading("")
        return engine

    def free_engine(self) -> None:
        """Free the engine's memory. Without the lock."""
        with self._lock:
            engine, self.engine = self.engine, None
        if engine is not None:
            try:
                engine.free_memory()
            except BaseException:
                log.exception("The engine did not close well")
            log.info("The engine was released")
        with self._lock:
            if engine is not None:
                self.state = "released"
            self.release_requested = False
            self._lock.notify_all()
