"""The backend as a child process: start, environment, signs of life, end."""
