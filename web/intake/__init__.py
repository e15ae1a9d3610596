"""The intake: what other systems tell over HTTP, in their own shapes, as rows of the engine's inbox."""
