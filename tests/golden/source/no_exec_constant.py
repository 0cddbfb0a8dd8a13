import subprocess

subprocess.run(["git", "status"], check=True)
exec("x = 1")
subprocess.call("ls")
