"""What specs do with an adapter: realistic values, steps, damage, interruptions, races to judge."""
