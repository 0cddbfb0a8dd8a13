"""Logging in to PostgreSQL on RDS as an identity of AWS: a real server that an export calls an instance of RDS."""
import pytest
from aws_world import A, B, World, allow, deny
from pgcluster import Cluster

USERS = f"arn:aws:rds-db:us-east-1:{A}:dbuser:"


def instance(host, port, **more):
    return {"DBInstanceIdentifier": "main", "DBInstanceArn": f"arn:aws:rds:us-east-1:{A}:db:main", "DbiResourceId": "db-ABC", "Engine": "postgres",
            "Endpoint": {"Address": host, "Port": port}, "IAMDatabaseAuthenticationEnabled": True, "PubliclyAccessible": True, **more}


def world(*instances, clusters=()):
    w = World()
    for name, statements in {"one": [allow("rds-db:connect", USERS + "db-ABC/app")], "nested": [allow("rds-db:connect", USERS + "db-ABC/far")], "plain": [allow("rds-db:connect", USERS + "db-ABC/plain")],
                             "fits": [allow("rds-db:connect", USERS + "db-ABC/ap?")], "other": [allow("rds-db:connect", USERS + "db-ZZZ/app")], "all": [allow("rds-db:*", "*")],
                             "denied": [allow("rds-db:*", "*"), deny("rds-db:connect", USERS + "*/a*")],
                             "mfa": [allow("rds-db:connect", USERS + "db-ABC/app", when={"Bool": {"aws:MultiFactorAuthPresent": "true"}})]}.items():
        w.user(name, *statements)
    w.user("ext", allow("rds-db:*", "*"), account=B)
    w.answer("rds-describe-db-instances", {"DBInstances": list(instances)})
    return w.answer("rds-describe-db-clusters", {"DBClusters": list(clusters)})


def logins(aisp, kind="CAN_ASSUME"):
    return {(e["from"].rsplit("/")[-1], e["to"].rsplit("/")[-1]): e.get("condition") or "" for e in aisp.json("export")["edges"]
            if e["kind"] == kind and e.get("properties", {}).get("how") == "rds-iam"}


@pytest.fixture(scope="module")
def server():
    with Cluster() as c:
        with c.conn("postgres") as db:
            for q in ("CREATE ROLE rds_iam", "CREATE ROLE app LOGIN IN ROLE rds_iam", "CREATE ROLE team IN ROLE rds_iam", "CREATE ROLE far LOGIN IN ROLE team", "CREATE ROLE plain LOGIN"):
                db.execute(q)
        yield c


def test_roles_of_a_database_that_was_looked_into(aisp, server, tmp_path):
    host, port = server.uri("postgres").split("@")[-1].split("/")[0].rsplit(":", 1)
    assert aisp.run("scan", server.uri("postgres")).returncode in (0, 3)
    world(instance(host, int(port))).write(tmp_path / "cloud")
    aisp.scan(tmp_path / "cloud")
    assert logins(aisp) == {("one", "app"): "", ("nested", "far"): "", ("fits", "app"): "", ("all", "app"): "", ("all", "far"): "", ("denied", "far"): "",
                            ("mfa", "app"): "aws:MultiFactorAuthPresent is true"}
    assert logins(aisp, "CAN_CALL") == {}


def test_a_database_that_was_not_looked_into(aisp, tmp_path):
    world(instance("db.example.com", 5432)).write(tmp_path / "cloud")
    aisp.scan(tmp_path / "cloud")
    sure = {k for k, condition in logins(aisp).items() if "was granted rds_iam" not in condition}
    assert not sure and set(logins(aisp)) == {("one", "app"), ("nested", "far"), ("plain", "plain"), ("mfa", "app")}
    assert {k[0] for k in logins(aisp, "CAN_CALL")} == {"fits", "all", "denied"}


def test_a_server_without_it(aisp, tmp_path):
    world(instance("db.example.com", 5432, IAMDatabaseAuthenticationEnabled=False)).write(tmp_path / "cloud")
    aisp.scan(tmp_path / "cloud")
    assert logins(aisp) == {} and logins(aisp, "CAN_CALL") == {}


def test_aurora_goes_by_the_clusters_id(aisp, tmp_path):
    cluster = {"DBClusterIdentifier": "aur", "DBClusterArn": f"arn:aws:rds:us-east-1:{A}:cluster:aur", "DbClusterResourceId": "cluster-XYZ", "Engine": "aurora-postgresql",
               "Endpoint": "aur.example.com", "Port": 5432, "IAMDatabaseAuthenticationEnabled": True}
    w = world(instance("aur-1.example.com", 5432, DBClusterIdentifier="aur"), clusters=[cluster])
    w.user("aurora", allow("rds-db:connect", USERS + "cluster-XYZ/app")).write(tmp_path / "cloud")
    aisp.scan(tmp_path / "cloud")
    assert {k[0] for k in logins(aisp)} == {"aurora"} and len([e for e in aisp.json("export")["edges"] if e["from"].endswith("/aurora") and e["kind"] == "CAN_ASSUME"]) == 2
