"""Styles: learn, generate in style, import and export."""
