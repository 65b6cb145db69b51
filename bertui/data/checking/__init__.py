"""What is wrong with a table, found before any training: findings with the rows they mean and their fixes."""
