"""How an exchange is kept between two runs."""
