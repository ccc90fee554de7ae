"""A peer to measure against: tools of EnvSpecs/library.yaml as a FastAPI and SQLAlchemy program, offered by fastapi-mcp.

This is how environments of Agent World Model are built, one process an episode. Run by Benchmarks/http_load.py:

    uvicorn library_server:app --port PORT --workers N          with ORRERY_PEER_DB, an SQLite file
"""

import os
from typing import Optional

from fastapi import FastAPI, HTTPException
from fastapi_mcp import FastApiMCP
from pydantic import BaseModel
from sqlalchemy import case, create_engine, event, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

TODAY = "2025-03-10"
engine = create_engine("sqlite:///" + os.environ["ORRERY_PEER_DB"])


@event.listens_for(engine, "connect")
def connect(connection, _):
    connection.create_function("fold", 1, lambda text: text.casefold() if text is not None else None, deterministic=True)


class Base(DeclarativeBase):
    pass


class Member(Base):
    __tablename__ = "members"
    member_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[Optional[str]]
    joined: Mapped[str]
    expires: Mapped[str]
    blocked: Mapped[bool]


class Title(Base):
    __tablename__ = "titles"
    title_id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


class Copy(Base):
    __tablename__ = "copies"
    copy_id: Mapped[int] = mapped_column(primary_key=True)
    title_id: Mapped[int]
    shelf: Mapped[str]
    state: Mapped[str]


class Loan(Base):
    __tablename__ = "loans"
    loan_id: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[int]
    member_id: Mapped[int]
    due: Mapped[str]
    renewals: Mapped[int]
    state: Mapped[str]


class Hold(Base):
    __tablename__ = "holds"
    hold_id: Mapped[str] = mapped_column(primary_key=True)
    title_id: Mapped[int]
    member_id: Mapped[int]
    state: Mapped[str]
    copy_id: Mapped[Optional[int]]


class Charge(Base):
    __tablename__ = "charges"
    charge_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int]
    kind: Mapped[str]
    amount: Mapped[float]
    paid_on: Mapped[Optional[str]]


class FindMembers(BaseModel):
    text: Optional[str] = None
    expired_only: bool = False


class GetMember(BaseModel):
    member_id: int


class ListCopies(BaseModel):
    title_id: int


app = FastAPI()


@app.post("/find_members", operation_id="find_members")
def find_members(asked: FindMembers) -> list[dict]:
    """Finds members by a part of their name."""
    with Session(engine) as session:
        query = select(Member.member_id, Member.name, Member.email, Member.expires).order_by(Member.member_id)
        if asked.text is not None:
            query = query.where(func.instr(func.fold(Member.name), asked.text.casefold()) > 0)
        if asked.expired_only:
            query = query.where(Member.expires < TODAY)
        return [dict(row) for row in session.execute(query).mappings()]


@app.post("/get_member", operation_id="get_member")
def get_member(asked: GetMember) -> dict:
    """Shows one member with open loans, holds, unpaid charges and the sum owed."""
    with Session(engine) as session:
        member = session.get(Member, asked.member_id)
        if member is None:
            raise HTTPException(404, f"There is no member {asked.member_id}; look the number up with find_members.")
        waiting = select(func.count()).where(Hold.title_id == Title.title_id, Hold.state == "waiting").scalar_subquery()
        loans = session.execute(
            select(Loan.loan_id, Loan.copy_id, Title.title, Loan.due, case((Loan.due < TODAY, True), else_=False).label("overdue"), Loan.renewals, waiting.label("others_waiting"))
            .join(Copy, Copy.copy_id == Loan.copy_id).join(Title, Title.title_id == Copy.title_id)
            .where(Loan.member_id == asked.member_id, Loan.state == "open").order_by(Loan.due, Loan.loan_id)).mappings().all()
        holds = session.execute(
            select(Hold.hold_id, Title.title, Hold.state, Hold.copy_id).join(Title, Title.title_id == Hold.title_id)
            .where(Hold.member_id == asked.member_id).order_by(Hold.hold_id)).mappings().all()
        unpaid = session.execute(
            select(Charge.charge_id, Charge.kind, Charge.amount)
            .where(Charge.member_id == asked.member_id, Charge.paid_on.is_(None)).order_by(Charge.charge_id)).mappings().all()
        return {
            "member_id": member.member_id, "name": member.name, "email": member.email, "joined": member.joined, "expires": member.expires,
            "blocked": bool(member.blocked), "expired": member.expires < TODAY, "loans": [dict(row) for row in loans],
            "holds": [{name: value for name, value in row.items() if value is not None} for row in holds],
            "unpaid": [dict(row) for row in unpaid], "owed": round(sum(row["amount"] for row in unpaid), 2),
        }


@app.post("/list_copies", operation_id="list_copies")
def list_copies(asked: ListCopies) -> dict:
    """Lists every copy of a title, where it is and when it is due if it is lent."""
    with Session(engine) as session:
        title = session.get(Title, asked.title_id)
        if title is None:
            raise HTTPException(404, f"There is no title {asked.title_id}; look it up with search_titles.")
        copies = session.execute(
            select(Copy.copy_id, Copy.shelf, Copy.state, Loan.due)
            .outerjoin(Loan, (Loan.copy_id == Copy.copy_id) & (Loan.state == "open"))
            .where(Copy.title_id == asked.title_id).order_by(Copy.copy_id)).mappings().all()
        waiting = session.scalar(select(func.count()).where(Hold.title_id == asked.title_id, Hold.state == "waiting"))
        return {"title": title.title, "waiting": waiting, "copies": [dict(row) for row in copies]}


mcp = FastApiMCP(app)
mcp.mount_http()
