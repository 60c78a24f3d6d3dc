"""No process outlives the launcher."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from fanzmoney.launcher import CHECKOUT
from fanzmoney.launcher.children import Child, stop_all

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
FORKS = (
    f"import subprocess, sys; fork = subprocess.Popen([sys.executable, '-c', {DEAF!r}]); print(fork.pid, flush=True)"
)


def python(name: str, folder: Path, code: str, **options: object) -> Child:
    return Child(name, [sys.executable, "-c", code], folder / f"{name}.log", **options)


def wait_for(what, *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_child_gets_its_own_stop_signal_in_reverse_order(tmp_path):
    order = tmp_path / "order"
    code = """
        import signal, sys, time
        def stop(number, _):
            open({order!r}, "a").write(f"{name} {{signal.Signals(number).name}}\\n")
            sys.exit(0)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        print("up", flush=True)
        while True:
            time.sleep(0.01)
    """
    children = []
    for name, number in (("first", signal.SIGINT), ("second", signal.SIGTERM)):
        source = textwrap.dedent(code).format(order=str(order), name=name)
        children.append(python(name, tmp_path, source, stop_signal=number).start())
    wait_for(lambda: all(child.last_lines() == "up" for child in children))

    children[1].ask_to_stop()
    wait_for(lambda: children[1].exit_code() == 0)
    stop_all(children, grace_seconds=5)

    assert order.read_text().splitlines() == ["second SIGTERM", "first SIGINT"]


def test_a_deaf_child_and_what_it_forked_are_killed_after_the_grace(tmp_path):
    child = python("parent", tmp_path, f"{FORKS}; {DEAF}; fork.wait()").start()
    wait_for(lambda: child.last_lines().count("deaf") == 2)
    grandchild = next(int(line) for line in child.last_lines().splitlines() if line.isdigit())

    stop_all([child], grace_seconds=0.2)

    assert child.exit_code() == -signal.SIGKILL
    wait_for(lambda: not is_alive(grandchild))


def test_what_a_crashed_child_forked_is_killed_too(tmp_path):
    child = python("crasher", tmp_path, f"{FORKS}; sys.exit(3)").start()
    wait_for(lambda: child.exit_code() is not None and "deaf" in child.last_lines())
    assert child.exit_code() == 3
    grandchild = int(child.last_lines().splitlines()[0])
    assert is_alive(grandchild)

    stop_all([child], grace_seconds=1)

    wait_for(lambda: not is_alive(grandchild))


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
def test_a_child_gets_its_signal_when_the_launcher_is_killed(tmp_path):
    launcher = f"""
        import signal, time
        from pathlib import Path
        from fanzmoney.launcher.children import Child
        import sys
        child = Child("orphan", [sys.executable, "-c", "import time; time.sleep(60)"], Path({str(tmp_path / "log")!r}))
        print(child.start().process.pid, flush=True)
        time.sleep(60)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(launcher)], cwd=CHECKOUT, stdout=subprocess.PIPE)
    orphan = int(process.stdout.readline())
    assert is_alive(orphan)

    process.kill()
    process.wait()

    wait_for(lambda: not is_alive(orphan))


def test_a_child_leads_a_session_of_its_own_so_that_ctrl_c_reaches_the_launcher_alone(tmp_path):
    child = python("alone", tmp_path, "import time; time.sleep(60)").start()
    assert os.getsid(child.process.pid) == child.process.pid != os.getsid(0)
    stop_all([child], grace_seconds=2)
    assert child.exit_code() == -signal.SIGTERM


def test_the_log_starts_anew_and_shows_its_last_lines(tmp_path):
    for count in (50, 30):
        child = python("talker", tmp_path, f"for i in range({count}): print(i)").start()
        wait_for(lambda child=child: child.exit_code() == 0)
        child.finish(0)
    assert child.last_lines() == "\n".join(str(number) for number in range(10, 30))
    assert child.last_lines(1000).splitlines()[0] == "0"
