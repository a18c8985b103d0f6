"""The behaviour specs: one module an area, collected by the plugin when an adapter is named."""
