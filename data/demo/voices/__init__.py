"""What customers of the demonstration firm say when asked or unasked: of goods, of prices, of those who make them."""
