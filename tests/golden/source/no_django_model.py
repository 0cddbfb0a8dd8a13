from django.db import models


class Agent(models.Model):
    name = models.CharField(max_length=10)
    model = models.CharField(max_length=10, default="gpt-4")

    class Meta:
        db_table = "agents"


Agent.objects.create(name="x")
