const model = document.querySelector("#model");
model.value = "claude-3";
document.execCommand("copy");
new RegExp("SELECT * FROM x").exec("y");
