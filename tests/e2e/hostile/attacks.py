"""What hostile agents try: each constant is the ``main.py`` of one agent.

``trying(name, deed)`` prints one line per attempt: ``name refused`` or ``name DONE``.
"""

PRELUDE = """
import ctypes, os, socket, sys, time
def trying(name, deed):
    try:
        result = deed()
    except (OSError, ValueError):
        print(name, "refused")
        return None
    print(name, "DONE", str(result)[:80])
    return result
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    result = libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result
"""

READ_THE_HOST = """
for path in {secrets!r} + ["/etc/shadow", "/root/.ssh", "/home", "/var/run/docker.sock",
                           "/run/docker.sock", "/proc/1/root/etc/shadow", "/proc/kcore",
                           "/dev/mem", "/dev/sda", "/dev/vda"]:
    trying(path, lambda: os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1))
for path in ("/proc/1/environ", "/proc/1/mem"):
    trying(path, lambda: open(path, "rb").read(65536).index(b"WORKER_SECRET"))
os.symlink({secrets!r}[0], "link")
trying("link", lambda: open("link").read())
"""

REACH_THE_NETWORK = """
for address in {addresses!r} + ["169.254.169.254", "1.1.1.1", "10.0.0.1", "172.17.0.1",
                                "172.17.0.2", "192.168.0.1", "::1", "fe80::1"]:
    for port in {ports!r} + [22, 53, 80, 2375]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family) as attempt:
            attempt.settimeout(0.2)
            trying((address, port), lambda: attempt.connect((address, port)))
trying("dns", lambda: socket.getaddrinfo("example.com", 80))
trying("broadcast", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(
    b"x", ("255.255.255.255", 9)))
trying("abstract sockets of the host", lambda: open("/proc/net/unix").read().index("@"))
"""

CALL_THE_KERNEL = """
import platform
assert platform.machine() == "x86_64"
trying("setuid", lambda: os.setuid(0))
trying("setgroups", lambda: os.setgroups([0]))
trying("chroot", lambda: os.chroot("/tmp"))
trying("mount", lambda: call(165, b"none", b"/tmp", b"tmpfs", 0, 0))
trying("umount", lambda: call(166, b"/workspace", 2))
trying("pivot_root", lambda: call(155, b"/tmp", b"/tmp"))
trying("raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
trying("packet socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
trying("mknod", lambda: os.mknod("device", 0o20600, os.makedev(1, 1)))
trying("clock", lambda: time.clock_settime(time.CLOCK_REALTIME, 0))
trying("clock, slowly", lambda: call(305, 0, (1).to_bytes(4, "little") + bytes(252)))
trying("time namespace", lambda: call(272, 0x80))
trying("hostname", lambda: socket.sethostname("mine"))
trying("reboot", lambda: call(169, 0xFEE1DEAD, 672274793, 0x1234567, 0))
trying("module", lambda: call(175, b"", 0, b""))
trying("priority", lambda: os.setpriority(os.PRIO_PROCESS, 0, -20))
trying("another priority", lambda: os.sched_setscheduler(
    0, os.SCHED_FIFO, os.sched_param(50)))
trying("limits", lambda: __import__("resource").setrlimit(
    __import__("resource").RLIMIT_NOFILE, (4096, 4096)))
for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory",
             "/proc/sysrq-trigger", "/proc/self/oom_adj_none", "/sys/kernel/mm/ksm/run",
             "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
    trying(path, lambda: os.write(os.open(path, os.O_WRONLY), b"1"))
trying("lower oom score", lambda: os.write(
    os.open("/proc/self/oom_score_adj", os.O_WRONLY), b"-900"))
"""

FILTERED_CALLS = """
trying("keyctl", lambda: call(250, 0, -3, 1))
trying("add_key", lambda: call(248, b"user", b"name", b"value", 5, -3))
trying("bpf", lambda: call(321, 0, 0, 0))
trying("perf", lambda: call(298, 0, 0, -1, -1, 0))
trying("userfaultfd", lambda: call(323, 0))
trying("user namespace", lambda: call(272, 0x10000000))
trying("kexec", lambda: call(246, 0, 0, 0, 0))
trying("handles", lambda: call(304, -100, b"", 0))
"""

MEET = """
mine, its = ("a", "b") if os.environ["N"] == "1" else ("b", "a")
listener = socket.create_server(("0.0.0.0", 9_000 + ord(mine)))
abstract = socket.socket(socket.AF_UNIX)
abstract.bind("\\0" + mine)
abstract.listen()
trying("memory of mine", lambda: call(29, 7_000, 4_096, 0o1666)) if mine == "a" else None
open("/dev/shm/" + mine, "w").close()
open("here-" + mine, "w").close()
until = time.monotonic() + 20
while not os.path.exists("here-" + its) and time.monotonic() < until:
    time.sleep(0.02)
time.sleep(0.2)
print("met", os.path.exists("here-" + its))
trying("port", lambda: socket.create_connection(("127.0.0.1", 9_000 + ord(its)), 1))
trying("abstract", lambda: socket.socket(socket.AF_UNIX).connect("\\0" + its))
trying("shared file", lambda: open("/dev/shm/" + its))
if mine == "b":
    trying("memory", lambda: call(29, 7_000, 4_096, 0o666))
open("done-" + mine, "w").close()
while not os.path.exists("done-" + its) and time.monotonic() < until:
    time.sleep(0.02)
"""

TRACE_INIT = """
trying("attach", lambda: call(101, 16, 1, 0, 0))
time.sleep(60)
"""

STARVE_IN_A_CHILD = """
if os.fork() == 0:
    open("/proc/self/oom_score_adj", "w").write("1000")
    kept = []
    while True:
        kept.append(b"x" * 5_000_000)
os.wait()
os._exit(0)
"""

STARVE_ITSELF = """
kept = []
while True:
    kept.append(b"x" * 5_000_000)
"""

SPIN_IN_CHILDREN = """
for _ in range(6):
    if os.fork() == 0:
        os.setsid()
        while True:
            pass
time.sleep(60)
"""

FLOOD = """
chunk = b"x" * (1 << 20)
for _ in range(1024):
    os.write(1, chunk)
print("flooded")
"""

FILL_THE_DISK = """
for number in range(10_000):
    with open(f"file{number}", "wb") as file:
        file.write(b"x" * 1_000_000)
time.sleep(60)
"""

FILL_THE_INODES = """
for number in range(1_000_000):
    os.close(os.open(f"file{number}", os.O_CREAT))
time.sleep(60)
"""

FORK = """
while True:
    try:
        if os.fork() == 0:
            time.sleep(60)
    except OSError:
        time.sleep(0.01)
"""

RACE = """
target = {target!r}
until = time.monotonic() + 1.5
open("decoy", "w").write("decoy")
os.mkdir("folder")
while time.monotonic() < until:
    for deed in (
        lambda: os.unlink("env.json"),
        lambda: os.symlink(target, "env.json"),
        lambda: os.rename("folder", "other"),
        lambda: os.symlink("/", "folder"),
        lambda: os.unlink("folder"),
        lambda: os.rename("other", "folder"),
        lambda: os.link("decoy", "env.json.new"),
        lambda: os.rename("env.json.new", "env.json"),
        lambda: os.link("/run/syntropism/env.json", "hard"),
        lambda: os.replace("decoy", os.environ["ENV_JSON_PATH"]),
        lambda: os.replace("decoy", os.environ["SYSTEM_SERVICE_SOCKET"]),
    ):
        try:
            deed()
        except OSError:
            pass
print("raced")
"""

PLANT = """
os.mkfifo("fifo")
server = socket.socket(socket.AF_UNIX)
server.bind("socket")
for name, to in (("root", "/"), ("up", ".."), ("loop", "loop"), ("proc", "/proc/self/fd/0")):
    os.symlink(to, name)
os.mkdir("closed", 0)
trying("device", lambda: os.mknod("device", 0o60600, os.makedev(8, 0)))
os.chmod("main.py", 0o6755)
print("planted")
"""

HAMMER = """
import threading
counts = [0, 0]
def hammer():
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(0.5)
                connection.connect(os.environ["SYSTEM_SERVICE_SOCKET"])
                connection.send(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
                connection.recv(100)
            counts[0] += 1
        except OSError:
            counts[1] += 1
threads = [threading.Thread(target=hammer) for _ in range(10)]
[thread.start() for thread in threads]
half = []
for _ in range(100):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(0.01)
    try:
        connection.connect(os.environ["SYSTEM_SERVICE_SOCKET"])
        connection.send(b"GET / HTTP/1.1\\r\\nX: ")
        half.append(connection)
    except OSError:
        pass
huge = socket.socket(socket.AF_UNIX)
huge.settimeout(1)
try:
    huge.connect(os.environ["SYSTEM_SERVICE_SOCKET"])
    huge.sendall(b"GET / HTTP/1.1\\r\\nX: " + b"x" * (8 << 20))
except OSError:
    pass
[thread.join() for thread in threads]
print("hammered")
"""

STUBBORN = """
import signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
while True:
    time.sleep(1)
"""

DECENT = """
import urllib.request
for _ in range(3):
    urllib.request.urlopen(os.environ["SYSTEM_SERVICE_URL"]).read()
print("decent")
"""
