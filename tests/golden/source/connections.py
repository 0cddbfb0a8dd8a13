import os
import psycopg2

a = psycopg2.connect("postgresql://app:s3cr3t-in-code@db.internal:5432/shop")
b = psycopg2.connect(host=os.environ["DB_HOST"], dbname="shop", user="app", password=os.environ["DB_PASSWORD"])
c = psycopg2.connect(os.environ["DATABASE_URL"])
