"""What a stage uses, measured: see ``measured``. Not for what that costs (``costs``)."""
