package chaos

import (
	"errors"
	"os"
)

var errPause = errors.New("processes can't be paused on Windows; run without pauses: --pauses -1")

func standStill(*os.Process) error { return errPause }

func goOn(*os.Process) error { return errPause }
