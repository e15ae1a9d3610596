// The extension: starts `cuebook lsp` for the projects of a window, and shows what it answers.

const { existsSync, readFileSync } = require("node:fs");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const FILES = "**/{cuebook.yaml,actions.yaml,playbooks/**/*.yaml,playbooks/**/*.yml,tests/**/*.yaml}";

let client;
let output;

/** The program and its first words, as the settings say. */
function command(...more) {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ".";
  const typed = vscode.workspace.getConfiguration("cuebook").get("command");
  const [program, ...words] = typed.map((word) => word.replaceAll("${workspaceFolder}", folder));
  return { command: program, args: [...words, ...more] };
}

async function start() {
  const files = vscode.workspace.createFileSystemWatcher(
    "**/{cuebook.yaml,actions.yaml,playbooks/**,tests/**,templates/**}",
  );
  client = new LanguageClient("cuebook", "cuebook", command("lsp", "--stdio"), {
    documentSelector: [
      { scheme: "file", language: "cuebook-rules" },
      { scheme: "file", pattern: FILES },
      { scheme: "file", pattern: "**/templates/**" },
    ],
    synchronize: { fileEvents: files },
    outputChannel: output,
    middleware: { executeCommand: told },
  });
  try {
    await client.start();
  } catch (error) {
    const said = `cuebook lsp did not start: ${error.message}. Is it installed (pip install 'cuebook[lsp]')?`;
    if ((await vscode.window.showErrorMessage(said, "Settings")) === "Settings") {
      await vscode.commands.executeCommand("workbench.action.openSettings", "cuebook.command");
    }
  }
}

/** Run a command on the server; what differs in a failed test, and why, goes to the output. */
async function told(name, words, next) {
  const result = await next(name, words);
  if (name === "cuebook.runTest" && result && !result.passed) {
    output.appendLine(`${result.said}: ${result.name}`);
    for (const line of result.lines) output.appendLine(`  ${line}`);
    output.show(true);
  }
  return result;
}

/** Ask the server about the file that is being edited. */
async function ask(name, ...more) {
  const editor = vscode.window.activeTextEditor;
  if (!editor || !client) return undefined;
  const uri = client.code2ProtocolConverter.asUri(editor.document.uri);
  return client.sendRequest("workspace/executeCommand", { command: name, arguments: [uri, ...more] });
}

async function showGraph() {
  const picture = await ask("cuebook.graph");
  if (!picture) return;
  const panel = vscode.window.createWebviewPanel("cuebookGraph", "Playbook", vscode.ViewColumn.Beside);
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`;
  panel.webview.html = `<!doctype html><html><head>${policy}</head><body style="background:white">${picture}</body></html>`;
}

async function showText(content) {
  if (!content) return;
  const document = await vscode.workspace.openTextDocument({ content, language: "plaintext" });
  await vscode.window.showTextDocument(document, vscode.ViewColumn.Beside);
}

async function showEnglish() {
  await showText(await ask("cuebook.readAloud"));
}

/** Choose a customer of the project's data, and show why a playbook did something for them or not. */
async function showWhy(playbook) {
  const customers = await ask("cuebook.customers");
  if (!customers) return;
  const customer = await vscode.window.showQuickPick(customers, { placeHolder: "Which customer?" });
  if (customer) await showText(await ask("cuebook.why", customer, playbook ?? null));
}

/** A lens above each playbook: why did a customer get this, or not? */
const whys = {
  provideCodeLenses(document) {
    const name = document.languageId === "cuebook-rules" ? /^("[^"]+"|[^\s#:>("]+):\s/ : /^playbook:\s*(.+?)\s*(?:#.*)?$/;
    const lenses = [];
    for (let line = 0; line < document.lineCount; line += 1) {
      const { text, range } = document.lineAt(line);
      const found = name.exec(text);
      if (!found) continue;
      const playbook = found[1].replace(/^(["'])(.*)\1$/, "$2");
      lenses.push(new vscode.CodeLens(range, { title: "why?", command: "cuebook.showWhy", arguments: [playbook] }));
    }
    return lenses;
  },
};

function writeSchemas() {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const { command: program, args } = command("schema", folder ?? ".", "--write");
  const terminal = vscode.window.createTerminal({ name: "cuebook", shellPath: program, shellArgs: args });
  terminal.show();
}

/** The schema that `cuebook schema --write` made for a file, for whoever has the YAML extension. */
function schemaOf(resource) {
  const parts = vscode.Uri.parse(resource).path.split("/");
  const name = parts.at(-1);
  const at = ["cuebook.yaml", "actions.yaml"].includes(name)
    ? parts.length - 1
    : parts.findLastIndex((part) => part === "playbooks" || part === "tests");
  if (at < 1) return undefined;
  const kind = at === parts.length - 1 ? name.replace(".yaml", "") : parts[at];
  const path = [...parts.slice(0, at), ".cuebook", `${kind}.schema.json`].join("/");
  const file = vscode.Uri.parse(resource).with({ path });
  return existsSync(file.fsPath) ? file.toString() : undefined;
}

async function associateSchemas() {
  const yaml = await vscode.extensions.getExtension("redhat.vscode-yaml")?.activate();
  yaml?.registerContributor("cuebook", schemaOf, (uri) => readFileSync(vscode.Uri.parse(uri).fsPath, "utf8"));
}

async function activate(context) {
  output = vscode.window.createOutputChannel("cuebook");
  const commands = {
    "cuebook.showGraph": showGraph,
    "cuebook.showEnglish": showEnglish,
    "cuebook.showWhy": showWhy,
    "cuebook.writeSchemas": writeSchemas,
    "cuebook.restart": () => client?.restart(),
  };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(name, run));
  }
  const playbooks = [{ language: "cuebook-rules" }, { scheme: "file", pattern: "**/playbooks/**/*.{yaml,yml}" }];
  context.subscriptions.push(output, vscode.languages.registerCodeLensProvider(playbooks, whys));
  await associateSchemas();
  await start();
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
