# https://docs.gunicorn.org/en/20.1.0/settings.html: a worker for each core of a small machine, with a thread for each request that may come
# at once, since either of the workers may accept all of them.
import os

bind = "127.0.0.1:" + os.environ["PORT"]
worker_class = "gthread"
workers = 2
threads = 40
keepalive = 60
loglevel = "error"
worker_tmp_dir = os.environ["FOLDER"]
