"""The development door of Terrace: what `scripts/dev`, `scripts/test` and `scripts/check` are made of.

Only the Python standard library (3.9 or newer) is used, so that a fresh clone needs nothing installed first.

- `layout`    where everything of a checkout lives (`.dev/`)
- `console`   what people see: steps, ticks, tables, and `Problem`, the one error type
- `state`     the lock, remembered ports, secrets
- `processes` starting, recognising and stopping background processes
- `accounts`  the unprivileged user PostgreSQL needs when root is at the keyboard
- `bundle`    fetching, verifying and unpacking the user-space PostgreSQL and Redis
- `postgres_binaries`   which installed PostgreSQL can be used
- `postgres`, `redis`   one server each
- `services`  which PostgreSQL and Redis to use, and bringing them up
- `products`, `toolchain`   the product list, the `terrace` binary, the environment both share
- `dev`, `control`, `testrun`, `checks`, `migration`   what the commands do; `cli` is the command line of `scripts/dev`
"""

import sys

if sys.version_info < (3, 9):
    sys.exit(f"python3 is {sys.version.split()[0]}, but the scripts need 3.9 or newer.")
