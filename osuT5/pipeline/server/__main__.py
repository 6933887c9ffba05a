"""Model servers of this user: ``python -m osuT5.pipeline.server`` lists them, ``... stop`` ends them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .place import Place, server_folder
from .spec import ServerSpec

USAGE = "python -m osuT5.pipeline.server [list | stop]"


def main(arguments: Sequence[str]) -> int:
    """The command line; ``serve SPEC KEY IDLE`` is how runs start a server."""
    try:
        if len(arguments) == 4 and arguments[0] == "serve":
            from .serve import serve

            return serve(ServerSpec.from_json(arguments[1]), arguments[2], float(arguments[3]))
        if list(arguments) in ([], ["list"], ["stop"]):
            return _each(stopping="stop" in arguments)
    except (ValueError, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1
    print(f"usage: {USAGE}", file=sys.stderr)
    return 2


def _each(stopping: bool) -> int:
    from .client import stop

    living = [(place, address) for place in Place.all() if (address := place.address()) is not None]
    for place, address in living:
        done = "stopped: " if stopping and stop(place) else ""
        print(f"{done}process {address.pid}: {address.title}")
    if not living:
        print(f"no model server is running ({server_folder()})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
