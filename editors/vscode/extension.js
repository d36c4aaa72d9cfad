// The client of `syrupc lsp`. In: what the editor says. Out: a running server, and a terminal for
// the lens over a test. Everything else is the server's.

'use strict';

const vscode = require('vscode');
const { LanguageClient, TransportKind } = require('vscode-languageclient/node');

let client;

function binary() {
  return vscode.workspace.getConfiguration('syrup').get('path', 'syrupc');
}

function runTest(file) {
  const name = 'syrupc test';
  const known = vscode.window.terminals.find((terminal) => terminal.name === name);
  const terminal = known ?? vscode.window.createTerminal(name);
  terminal.show(true);
  const path = file.startsWith('file:') ? vscode.Uri.parse(file).fsPath : file;
  // A quote within quotes ends them, stands by itself, and begins them again.
  const quoted = `'${path.replaceAll("'", "'\\''")}'`;
  terminal.sendText(`${binary()} test ${quoted}`);
}

async function activate(context) {
  context.subscriptions.push(vscode.commands.registerCommand('syrup.runTest', runTest));
  const server = { command: binary(), args: ['lsp'], transport: TransportKind.stdio };
  const options = { documentSelector: [{ language: 'syrup' }] };
  client = new LanguageClient('syrup', 'Syrup', server, options);
  try {
    await client.start();
  } catch (error) {
    const hint = 'Set `syrup.path` to a syrupc that knows `lsp`.';
    vscode.window.showWarningMessage(`Syrup: ${error.message ?? error}. ${hint}`);
  }
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
