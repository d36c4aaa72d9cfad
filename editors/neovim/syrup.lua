-- Syrup for Neovim 0.10 and later: put this file into ~/.config/nvim/plugin/.
-- It starts `syrupc lsp` and, where the parser was built (editors/README.md), colours by tree.

vim.filetype.add({ extension = { syr = 'syrup' } })

vim.api.nvim_create_autocmd('FileType', {
  pattern = 'syrup',
  callback = function(args)
    vim.bo[args.buf].commentstring = '// %s'
    -- Without the parser there are no colours, and no error either.
    pcall(vim.treesitter.start, args.buf, 'syrup')
    vim.lsp.start({
      name = 'syrupc',
      cmd = { 'syrupc', 'lsp' },
      root_dir = vim.fs.dirname(vim.api.nvim_buf_get_name(args.buf)),
    })
  end,
})
