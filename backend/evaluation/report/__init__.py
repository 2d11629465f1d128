"""Tables of results: their files, figures from papers, and the results page."""
