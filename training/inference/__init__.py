"""Use a trained network on aligned crops and on photographs."""
