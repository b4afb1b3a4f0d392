"""The configuration: schema, reader, and venues resolved to addresses, keys and pacing."""
