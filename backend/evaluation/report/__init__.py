"""Tables of results: their files, published figures, and the results page."""
