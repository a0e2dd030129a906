-- Driven by test_neovim.py: opens a file, waits for its diagnostics, applies the preferred code action, writes what it saw.
local name, result = unpack(vim.fn.json_decode(vim.env.TRAINLINT_TEST))
vim.o.hidden = true
local client = vim.lsp.start_client({
  name = 'trainlint',
  cmd = { vim.env.TRAINLINT_PYTHON, '-m', 'trainlint', 'server' },
  root_dir = vim.fn.getcwd(),
})
vim.cmd('edit ' .. name)
vim.lsp.buf_attach_client(0, client)
local seen = {}
vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end, 50)
for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
  table.insert(seen, { code = diagnostic.code, line = diagnostic.lnum + 1, source = diagnostic.source })
end

local found = vim.diagnostic.get(0)[1]
local params = {
  textDocument = { uri = vim.uri_from_bufnr(0) },
  range = {
    start = { line = found.lnum, character = found.col },
    ['end'] = { line = found.end_lnum, character = found.end_col },
  },
  context = { diagnostics = {} },
}
local answers = vim.lsp.buf_request_sync(0, 'textDocument/codeAction', params, 60000)
local titles = {}
for _, action in ipairs(answers[client].result) do
  table.insert(titles, action.title)
  if action.isPreferred then
    vim.lsp.util.apply_workspace_edit(action.edit, vim.lsp.get_client_by_id(client).offset_encoding)
  end
end
vim.wait(60000, function() return #vim.diagnostic.get(0) == 0 end, 50)
local left = #vim.diagnostic.get(0)
vim.cmd('write')
vim.lsp.stop_client(client)
vim.fn.writefile({ vim.fn.json_encode({ seen = seen, titles = titles, left = left }) }, result)
vim.cmd('qall!')
