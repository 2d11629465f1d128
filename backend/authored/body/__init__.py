"""The moving body: poses, trunk, limbs, balance, timing, captures to edit, and seams."""
