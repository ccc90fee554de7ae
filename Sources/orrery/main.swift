import Commands

OrreryCommand.main()
