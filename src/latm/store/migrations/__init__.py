"""Migrations from each schema of the tool cache to the next, run by alembic."""
