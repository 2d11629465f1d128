"""Gestures of arms and hands as tables of key poses over somebody who stands, walks or sits."""
