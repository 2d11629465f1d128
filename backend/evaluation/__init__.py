"""Evaluation: metrics, experiments with their commands, figures, and tables of results.

May import every model, the engine and `backend.console`; only `backend.commands` imports it.
"""
