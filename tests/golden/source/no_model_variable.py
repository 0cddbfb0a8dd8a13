from sklearn.linear_model import LogisticRegression

model = LogisticRegression()
model.fit([[1]], [1])
prompt = "Password: "
agent = "Mozilla/5.0"
tool = {"name": "hammer"}
tools = ["saw", "hammer"]
