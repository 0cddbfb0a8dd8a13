import asyncpg
import os
import sqlalchemy as sa
from sqlalchemy import create_engine, text
from sqlalchemy.orm import DeclarativeBase, Session

engine = create_engine(os.getenv("DATABASE_URL", "postgresql://localhost/dev"))


class Base(DeclarativeBase):
    pass


class Invoice(Base):
    __tablename__ = "invoices"


def report():
    with engine.connect() as conn:
        conn.execute(text("UPDATE billing.accounts SET seen = now() FROM billing.regions r WHERE r.id = 1"))
    with Session(engine) as s:
        s.execute(sa.select(Invoice))


async def fetch(pool: asyncpg.Pool, table: str):
    await pool.fetch("SELECT * FROM tickets t JOIN users u ON u.id = t.user_id")
    await pool.execute(f"DELETE FROM {table}")
    await pool.execute("WITH gone AS (DELETE FROM carts RETURNING *) INSERT INTO archive.carts SELECT * FROM gone")


def parameter(conn):
    conn.execute("COPY audit.events FROM STDIN")
