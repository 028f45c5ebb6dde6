"""Alembic's entry: the engine is handed over by ``patrol.db.migration``, or named with ``-x url=…`` on its own command line."""

from alembic import context

from patrol.db import casework  # noqa: F401 - its tables belong to the metadata
from patrol.db.models import Base
from patrol.db.session import open_engine

engine = context.config.attributes.get("engine") or open_engine(context.get_x_argument(as_dictionary=True)["url"])

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
