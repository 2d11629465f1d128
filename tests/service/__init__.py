"""The service over real HTTP, in a real child process, with an engine that plays a script."""
