"""Nine tasks of three people in the browser: clicks, keys and seconds."""
