throw new Error('thrown while importing')
