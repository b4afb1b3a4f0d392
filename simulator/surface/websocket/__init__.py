"""The WebSocket surface: commands, subscriptions, frames and their way out."""
