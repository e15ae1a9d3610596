"""`cuebook library`: the shelf listed and shown, and plays of it taken into a project and kept up."""

import json
import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from ..dsl.document import Mapping
from ..dsl.inputs import Input
from ..engine.english import english
from ..playbooks.catalogue import Play, play_named
from .exits import Exit, Misuse
from .projects import open_project, whole
from .taken import add, diff, on_shelf, upgrade
from .terminal import Paint, colored, harmless, table

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare what to do with which play."""
    put = parser.add_argument
    put("what", choices=("list", "show", "add", "upgrade", "diff"), help="what to do")
    put("plays", nargs="*", metavar="PLAY",
        help="a play: `three-touches`, `winback/three-touches`; add, upgrade, diff take several")  # fmt: skip
    put("--to", metavar="PROJECT", default=".", type=Path, help="the project (default: here)")
    put("--set", action="append", default=[], metavar="NAME=VALUE",
        help="fill in an input, in each of the plays that has it; may stand several times")  # fmt: skip
    put("--shelf", metavar="FOLDER", type=Path,
        help="another shelf: plays, and a README.md that lists them (default: that of cuebook)")  # fmt: skip
    put("--stage", metavar="S", help="list: only plays of this stage, with goals and inputs")
    put("--model", metavar="M",
        help="list: only plays for this model of lifecycle (business, trial, subscription, retail) "
        "or for every, with goals and inputs")  # fmt: skip
    put("--diff", "--dry-run", action="store_true",
        help="add, upgrade: show what would change, and write nothing")  # fmt: skip
    put("--format", choices=("text", "json"), default="text",
        help="text for people, json for programs (default: text)")  # fmt: skip
    parser.epilog = (
        "Exit code: 0 done, 1 a name means two things, a merge needs a person, or the project "
        "would have mistakes;\n2 there is no such play or project.\n\n"
        "Examples\n"
        "  cuebook library list --stage winback\n"
        "  cuebook library show three-touches\n"
        '  cuebook library add three-touches --to acme --set "silence=45 days"\n'
        "  cuebook library add kickoff onboarding-by-day --to acme --set customer-success=care\n"
        "  cuebook library upgrade --to acme --diff\n"
        "  cuebook library diff three-touches --to acme"
    )


def run(args: Namespace) -> Exit:
    """Do what was asked."""
    match args.what:
        case "list" if args.plays:
            following = f"cuebook library show {shlex.quote(args.plays[0])}"
            raise Misuse("plays are listed by --stage and --model, not by name", following)
        case "list":
            return _list(args)
        case "show":
            return _show(args, _plays(args, "shown", most=1)[0])
        case "add":
            return add(args, _plays(args, "taken"))
        case what:
            plays = _plays(args, "brought up to date") if args.plays else []
            return upgrade(args, plays) if what == "upgrade" else diff(args, plays)


def _plays(args: Namespace, done: str, most: int | None = None) -> list[Play]:
    """Return the plays that are named, each once; raises Misuse for none, or too many."""
    if not args.plays:
        raise Misuse(f"which play is to be {done}?", "cuebook library list")
    if most is not None and len(args.plays) > most:
        raise Misuse("plays are shown one by one", f"cuebook library show {args.plays[0]}")
    shelf = on_shelf(args)
    _not_a_project(args, shelf)
    return list({play.path: play for play in (_play(name, shelf) for name in args.plays)}.values())


def _not_a_project(args: Namespace, shelf: tuple[Play, ...]) -> None:
    """Raise Misuse where a project stands among the plays, as it does in all other commands."""
    for name in args.plays:
        if (Path(name) / "cuebook.yaml").is_file() and play_named(name, shelf) is None:
            others = [one for one in args.plays if one != name] or ["PLAY"]
            following = shlex.join(["cuebook", "library", args.what, *others, "--to", name])
            raise Misuse(f"{harmless(name)} is a project, not a play", following)


def _play(name: str, plays: tuple[Play, ...]) -> Play:
    found = play_named(name, plays)
    if found is not None:
        return found
    names = [word for play in plays for word in (play.name, play.path)]
    near = get_close_matches(name, names, n=1)
    following = f"cuebook library show {near[0]}" if near else "cuebook library list"
    raise Misuse(f"there is no play {harmless(name)} on the shelf", following)


def _list(args: Namespace) -> Exit:
    plays = on_shelf(args)
    for key in ("stage", "model"):
        _known(key, getattr(args, key), plays)
    chosen = [
        play
        for play in plays
        if args.stage in (None, play.stage)
        and (args.model in (None, play.model) or play.model == "every")
    ]
    if args.format == "json":
        _print([_row(one) for one in chosen])
    elif args.stage or args.model:
        paint = Paint(colored(sys.stdout, args.color))
        sys.stdout.write("\n".join(line for one in chosen for line in _card(one, paint)))
    else:
        rows = [(one.path, one.model, one.title) for one in chosen]
        sys.stdout.write(table(rows, ("play", "for", "title")) + "\n")
        sys.stderr.write(_NARROWER)
    return Exit.CLEAN


_NARROWER = (
    "with goals and inputs: --stage STAGE or --model MODEL; all of one: cuebook library show PLAY\n"
)


def _row(play: Play) -> dict[str, object]:
    return {
        "play": play.path,
        "stage": play.stage,
        "model": play.model,
        "title": play.title,
        "does": play.does,
        "goal": play.goal,
        "inputs": {name: _input(one) for name, one in play.inputs().items()},
    }


def _card(play: Play, paint: Paint) -> Iterator[str]:
    """Yield what there is to know before one looks closer."""
    inputs = ", ".join(f"{name}={one.default}" for name, one in play.inputs().items())
    yield f"{paint.bold(play.path)}  {paint.dim(f'for {play.model}')}"
    yield f"  {play.title}"
    yield f"  {play.does}"
    yield f"  goal: {play.goal}"
    yield f"  inputs: {inputs}"
    yield ""


def _known(key: str, value: str | None, plays: tuple[Play, ...]) -> None:
    """Raise Misuse for a stage or a model that no play has."""
    words = sorted({getattr(play, key) for play in plays})
    if value is not None and value not in words:
        near = get_close_matches(value, words, n=1)
        following = f"cuebook library list --{key} {near[0] if near else words[0]}"
        raise Misuse(
            f"no play has the {key} {harmless(value)}; there are {', '.join(words)}", following
        )


def _print(told: object) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")


def _show(args: Namespace, play: Play) -> Exit:
    project = whole(
        open_project(play.folder), Namespace(project=play.folder, **vars(args)), "shown"
    )
    if project is None:
        return Exit.FOUND
    inputs, needs = play.inputs(), _needs(play)
    read = {plan.playbook: "\n".join(english(plan)).strip() for plan in project.plans}
    if args.format == "json":
        _print({**_row(play), "needs": needs, "english": read, "files": sorted(play.texts())})
        return Exit.CLEAN
    paint = Paint(colored(sys.stdout, args.color))
    lines = [paint.bold(play.path), play.title, play.does, f"written for: {play.model}", ""]
    lines += [paint.bold("inputs"), *map(_said, inputs.values())] if inputs else []
    lines += [*([""] if inputs else []), paint.bold("needs")]
    lines += [f"  {key}: {', '.join(names)}" for key, names in needs.items()]
    lines += ["", *"\n\n".join(read.values()).split("\n"), ""]
    lines += [f"next: {paint.cyan(f'cuebook library add {play.path} --to PROJECT')}"]
    sys.stdout.write("\n".join(lines) + "\n")
    return Exit.CLEAN


def _input(one: Input) -> dict[str, str]:
    return {"type": one.type.kind, "default": one.default, "meaning": one.meaning}


def _said(one: Input) -> str:
    meaning = f": {one.meaning}" if one.meaning else ""
    return f"  {one.name} ({one.type.kind}, {one.default}){meaning}"


def _needs(play: Play) -> dict[str, list[str]]:
    """Return what has to be declared, by section."""
    return {
        key.value: [name.value for name, _ in node.entries]
        for key, node in play.declared().entries
        if isinstance(node, Mapping) and key.value != "inputs"
    }
