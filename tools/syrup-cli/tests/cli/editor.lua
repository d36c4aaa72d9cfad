-- Drives Neovim as a person would, and prints what it shows as one line of JSON.
-- In: the program, a policy file. Used by editor.rs.
local program, file = vim.env.SYRUPC, vim.env.POLICY
vim.cmd("edit " .. file)
local id = vim.lsp.start_client({ name = "syrupc", cmd = { program, "lsp" }, root_dir = "/" })
vim.lsp.buf_attach_client(0, id)

local function wait_for(what)
  return vim.wait(60000, what, 20)
end

local function ask(method, more)
  local params = vim.tbl_extend("force", vim.lsp.util.make_position_params(), more or {})
  local answers = vim.lsp.buf_request_sync(0, method, params, 60000) or {}
  for _, answer in pairs(answers) do
    return answer.result
  end
end

local seen = {}
wait_for(function() return #vim.diagnostic.get(0) > 0 end)
seen.before = vim.tbl_map(function(d) return d.code end, vim.diagnostic.get(0))

-- The fix of the error under the cursor is applied, and the error goes.
vim.fn.search("pss")
local range = vim.lsp.util.make_range_params()
range.context = { diagnostics = {} }
local actions = vim.lsp.buf_request_sync(0, "textDocument/codeAction", range, 60000)
local _, answer = next(actions)
seen.action = answer.result[1].title
vim.lsp.util.apply_workspace_edit(answer.result[1].edit, "utf-16")
wait_for(function()
  for _, d in ipairs(vim.diagnostic.get(0)) do
    if d.code == "E0101" then return false end
  end
  return true
end)
seen.after = vim.tbl_map(function(d) return d.code end, vim.diagnostic.get(0))

vim.fn.search("Request(op")
seen.hover = ask("textDocument/hover").contents.value
local place = ask("textDocument/definition")
seen.definition = place.range.start.line

local options = { options = { tabSize = 4, insertSpaces = true } }
vim.lsp.util.apply_text_edits(ask("textDocument/formatting", options), 0, "utf-16")
seen.text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n") .. "\n"

io.stdout:write(vim.json.encode(seen) .. "\n")
vim.lsp.stop_client(id)
vim.cmd("quitall!")
