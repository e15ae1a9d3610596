"""A shop on FastAPI: an order and what follows from it are one transaction."""

import os
from asyncio import to_thread
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hmac import compare_digest
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel
from sqlmodel import Field, Session, SQLModel, create_engine, select

from cuebook.engine.contract import Context
from cuebook.engine.runtime import Engine
from cuebook.web.console import Principal, console

PLAYS = Path(__file__).parent / "plays"
pool = create_engine(os.environ.get("SHOP_DATABASE", "sqlite:///shop.db"))
engine = Engine(pool)


class Customer(SQLModel, table=True):
    """A customer of the shop."""

    id: str = Field(primary_key=True)
    name: str


class Order(SQLModel, table=True):
    """Something bought."""

    id: int | None = Field(default=None, primary_key=True)
    customer: str = Field(foreign_key="customer.id")
    amount: float


class Note(SQLModel, table=True):
    """What the shop said to a customer, under the key of the promise it kept."""

    key: str = Field(primary_key=True)
    customer: str
    text: str


class Words(BaseModel):
    """What `do: note` is given."""

    text: str


@engine.action("note")
def note(words: Words, context: Context) -> None:
    """Write a note, once: the key is the same in every attempt."""
    with Session(pool) as session:
        session.merge(Note(key=context.key, customer=context.customer, text=words.text))
        session.commit()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Make the shop's own tables, deploy, and run the engine as long as the application runs."""
    await to_thread(SQLModel.metadata.create_all, pool)
    await to_thread(engine.deploy, PLAYS)
    async with engine.lifespan(app):
        yield


def staff(request: Request) -> Principal:
    """Let in who knows the word in SHOP_STAFF, `name:password`; yours asks the login you have."""
    known = os.environ.get("SHOP_STAFF", "").encode()
    said = request.headers.get("authorization", "").encode()
    if not known or not compare_digest(said, b"Basic " + b64encode(known)):
        raise HTTPException(401, "sign in first", {"www-authenticate": 'Basic realm="plays"'})
    name = known.decode().partition(":")[0]
    return Principal(name, frozenset({"read", "answer", "settle"}))


app = FastAPI(lifespan=lifespan)
app.mount("/plays", console(engine, project=PLAYS, authorize=staff, writable=True))


def session() -> Session:
    """Yield the session of a request."""
    with Session(pool) as opened:
        yield opened


@app.put("/customers/{customer}")
def put_customer(customer: str, name: str, db: Annotated[Session, Depends(session)]) -> Customer:
    """Take a customer on: the row and the attributes in one transaction."""
    known = db.merge(Customer(id=customer, name=name))
    engine.identify(customer, name=name, session=db)
    db.commit()
    return known


@app.post("/customers/{customer}/orders")
def post_order(
    customer: str, amount: float, db: Annotated[Session, Depends(session)], card: str = ""
) -> Order:
    """Take an order: if anything fails before the commit, nothing has happened at all."""
    order = Order(customer=customer, amount=amount)
    db.add(order)
    db.flush()
    engine.track(customer, "purchase", {"amount": amount}, id=f"order-{order.id}", session=db)
    if card == "stolen":
        raise RuntimeError("the payment was declined")
    db.commit()
    db.refresh(order)
    return order


@app.get("/customers/{customer}/notes")
def notes(customer: str, db: Annotated[Session, Depends(session)]) -> list[Note]:
    """Return what was said to a customer."""
    return list(db.exec(select(Note).where(Note.customer == customer)))
