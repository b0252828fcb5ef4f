"""How each schema of the tool cache follows from the one before; run by alembic."""
