"""What a FillProcessor needs: the account as told and as read."""
